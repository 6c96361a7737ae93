"""Transcripts: a conversation to be read elsewhere (contract/management.md §13).

`reading.py` makes one content of it (`content.py`), bounded and without what nobody should see;
`as_text.py`, `as_html.py` and `press.py` (PDF) show that and decide nothing. `requests.py` says who
gets one by mail and when, `mailing.py` is that job; `pdf.py` is the job that makes a PDF, by a
process of its own (`printing.py`).
"""
