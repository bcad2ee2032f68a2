"""Subtitles of any kind to WebVTT. Pure; nothing here fails, whatever the bytes: what can't be read is left out."""
