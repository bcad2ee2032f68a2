"""Static files: hashed names that browsers keep for ever, compressed once at the start."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class HashedStaticFiles(CompressedManifestStaticFilesStorage):
    """Rewrites the imports between ES modules too, so that a changed module changes all who use it."""

    support_js_module_import_aggregation = True
