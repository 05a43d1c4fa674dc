"""What Dask has still to compute: its pieces are tasks of its own."""
