"""Filters of the list of work orders; each narrows it further. What may be asked is checked by `OrderQuery`."""

from typing import Any

import django_filters as filters
from django.db.models import QuerySet

from sandbox.regions import PROVINCE, city_of, regions
from workorders.models import WorkOrder


class WorkOrderFilter(filters.FilterSet):  # type: ignore[misc]
    category = filters.CharFilter(lookup_expr="startswith")
    region = filters.CharFilter(method="of_region")
    received_from = filters.Filter(field_name="received_at", lookup_expr="gte")
    received_before = filters.Filter(field_name="received_at", lookup_expr="lt")

    class Meta:
        model = WorkOrder
        fields = ["state", "ending", "type", "channel", "unit", "urgent"]

    def of_region(self, orders: QuerySet[WorkOrder], name: str, code: str) -> QuerySet[Any]:
        """A place's orders include those of the places in it; the province's are all of them."""
        if code == PROVINCE:
            return orders
        city = code in regions() and city_of(code) == code  # codes say what lies in what
        return orders.filter(region__startswith=code[:4] if city else code)
