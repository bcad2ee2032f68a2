"""What admin pages say of the site's health."""

from typing import Any

from django import template

from monitoring import health

register = template.Library()


@register.inclusion_tag("monitoring/banner.html")
def health_banner(user: Any) -> dict[str, Any]:
    """For staff, what is wrong; nothing while all is well."""
    return {"troubles": health.told() if getattr(user, "is_active", False) and user.is_staff else []}
