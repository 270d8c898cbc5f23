"""What the Training page is made of: choosing, playing, holding, looking back, writing."""
