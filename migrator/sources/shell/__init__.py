"""Shell scripts, read statically: their words, what they print, which crontabs they put into place."""
