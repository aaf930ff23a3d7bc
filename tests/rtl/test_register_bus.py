from rtl.register_bus import RegisterBusInterface, RegisterBusSignature


def test_the_bus_carries_an_address_and_a_word_each_way():
    bus = RegisterBusSignature(address_width=9, data_width=64).create()

    assert isinstance(bus, RegisterBusInterface)
    assert {name: len(getattr(bus, name)) for name in bus.signature.members} == {
        "address": 9,
        "write_valid": 1,
        "write_data": 64,
        "read_valid": 1,
        "read_data": 64,
        "error": 1,
    }


def test_a_name_leads_those_of_the_signals():
    bus = RegisterBusSignature(address_width=9, data_width=32).create(path=("settings",))

    assert bus.read_data.name == "settings__read_data"


def test_the_target_answers_what_the_initiator_asks():
    members = RegisterBusSignature(address_width=9, data_width=32).members

    answers = {name for name, member in members.items() if str(member.flow) == "In"}

    assert answers == {"read_data", "error"}
