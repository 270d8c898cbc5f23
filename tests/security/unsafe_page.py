"""The control: a page that shows the same text as markup, on a server without our rules."""

import streamlit as st

from tests.security.hostile import markup

for text in markup(st.query_params["listener"]):
    st.markdown(text, unsafe_allow_html=True)
st.text("drawn")
