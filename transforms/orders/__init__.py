"""Order reports: who shipped which order, read by column name, addresses never looked at."""
