import hashlib
from functools import cache

from django import template
from django.contrib.staticfiles import finders
from django.templatetags.static import static

register = template.Library()


@register.simple_tag
@cache
def asset(name: str) -> str:
    """The address of one of our own files, which changes with what is in it: browsers may keep it."""
    file = finders.find(name)
    assert isinstance(file, str), f"no static file {name}"
    with open(file, "rb") as content:
        return f"{static(name)}?{hashlib.sha256(content.read()).hexdigest()[:8]}"
