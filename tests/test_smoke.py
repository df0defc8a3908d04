from tests.factories import WorkOrderFactory, act


def test_an_order_goes_from_call_to_archive(world):
    order = WorkOrderFactory(world=world, completed=True)

    act(
        world,
        order,
        "follow_up",
        role="follow_up",
        reached=True,
        contacted=True,
        solved="solved",
        satisfied="satisfied",
    )
    world.advance(days=4)

    assert [event.type for event in world.events() if event.subject == order.number][-2:] == [
        "work_order.closed",
        "work_order.archived",
    ]
