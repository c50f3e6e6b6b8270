"""Questions over the whole country, asked of the exported Parquet files by two engines.

`python -m tests.country --marks N` generates schools, exports their registers, asks DuckDB on one machine
and Dask on a cluster of processes, and holds the answers against each other.
"""
