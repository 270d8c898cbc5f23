"""What the measured server runs: nothing at all for ``?bare=1``, else the product's own script."""

import streamlit as st

from tests.bench.compared import PROGRAM

if st.query_params.get("bare") is not None:
    st.text("Nothing.")
else:
    exec(PROGRAM, {"__name__": "__main__"})
