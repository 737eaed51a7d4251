"""Safe changes that take findings away: from a finding and the text of its file to edits. Pure."""
