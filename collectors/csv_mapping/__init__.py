"""Tables as text: CSV and TSV files, by a mapping of columns to kinds."""
