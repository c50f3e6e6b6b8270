"""The register as Parquet files for questions over the whole country, at one position of the log.

`datasets` says what there is and which columns, `reading` fetches rows as Arrow columns, `making` turns
them into a data set's columns, `files` writes them with their hashes, `export` does it for every school.
Pupils are their UUIDs; no name, no date of birth and no free text is in any file.
"""
