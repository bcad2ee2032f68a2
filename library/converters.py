"""URL path converters."""


class FilePathConverter:
    """A stored path: anything, with slashes, and even a line break, which Django's own `path` refuses."""

    regex = r"[\s\S]+"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value
