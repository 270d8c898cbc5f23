"""Tests of the sample ward."""
