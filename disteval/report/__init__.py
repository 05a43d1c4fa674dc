"""Plain data as text, HTML, markdown, a data frame or keys for trackers; knows no results."""
