"""Small helps for describing answers in OpenAPI."""

from typing import Any

from drf_spectacular.utils import inline_serializer
from rest_framework import serializers


def page_of(out: type[serializers.Serializer[Any]]) -> serializers.Serializer[Any]:
    """A page of something: `results`, and the cursor of the `next` page."""
    return inline_serializer(
        name=f"{out.__name__.removesuffix('Out')}Page",
        fields={"results": out(many=True), "next": serializers.CharField(allow_null=True)},
    )
