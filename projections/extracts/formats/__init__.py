"""The formats that rows leave in.  Each takes blocks of rows and gives bytes, block by block.

A block is turned into columns and each column is written as a whole by what its kind asks for: nothing
of ours is called for a single cell that was seen before, since an extract has millions of them.
"""
