"""A tour of the Python client parse_rest (qs-parse-rest) against a running cat-node.

PARSE_API_ROOT, PARSE_APPLICATION_ID and PARSE_MASTER_KEY say where. Prints a line per stop; ends with 1 at the first that fails.
"""

import datetime
import os
import time

from parse_rest import datatypes
from parse_rest.connection import MasterKey, ParseBatcher, SessionToken, register
from parse_rest.core import ParseError
from parse_rest.datatypes import GeoPoint, Object, Pointer
from parse_rest.query import QueryResourceDoesNotExist
from parse_rest.role import Role
from parse_rest.user import User

RUN = f"{time.time_ns():x}"
MASTER_KEY = os.environ["PARSE_MASTER_KEY"]


def game(**fields):
    return Object.factory(f"Game{RUN}")(**fields)


def games():
    return Object.factory(f"Game{RUN}").Query


def refused(action):
    try:
        action()
    except ParseError as error:
        return str(error)
    raise AssertionError("a refusal was expected")


def objects_come_back_as_they_went():
    now = datetime.datetime(2026, 11, 24, 8, 0, 0, 123000)
    made = game(n=1, name="tag", when=now, at=GeoPoint(45.5, -73.6), tags=["a", {"b": 2}])
    made.save()
    found = games().get(objectId=made.objectId)
    assert (found.n, found.name, found.tags) == (1, "tag", ["a", {"b": 2}])
    assert found.at.latitude == 45.5 and found.when == now
    found.n = 2
    found.save()
    assert games().get(objectId=made.objectId).n == 2
    found.delete()
    try:
        games().get(objectId=made.objectId)
        raise AssertionError("it is gone")
    except QueryResourceDoesNotExist:
        pass


def queries():
    ParseBatcher().batch_save([game(n=n, even=n % 2 == 0) for n in range(10)])
    assert games().all().count() == 10
    assert sorted(one.n for one in games().filter(n__gte=3, n__lt=5)) == [3, 4]
    assert [one.n for one in games().filter(even=True).order_by("-n").limit(2)] == [8, 6]
    assert sorted(one.n for one in games().filter(n__in=[1, 2, 99])) == [1, 2]
    assert games().filter(nope__exists=True).count() == 0
    ParseBatcher().batch_delete(list(games().all()))
    assert games().all().count() == 0


def pointers():
    author = Object.factory(f"Author{RUN}")(name="tom")
    author.save()
    post = Object.factory(f"Post{RUN}")(title="rats", author=author)
    post.save()
    found = post.Query.filter(author=author)
    assert [one.title for one in found] == ["rats"]
    assert isinstance(Pointer(author), datatypes.Pointer)


def users():
    tom = User.signup(f"tom-{RUN}", "tuna", lives=9)
    assert tom.sessionToken.startswith("r:")
    assert "Account already exists" in refused(lambda: User.signup(f"tom-{RUN}", "other"))
    assert "Invalid username/password" in refused(lambda: User.login(f"tom-{RUN}", "wrong"))
    again = User.login(f"tom-{RUN}", "tuna")
    with SessionToken(again.sessionToken):
        assert User.current_user().objectId == tom.objectId
        again.lives = 8
        again.save()
    assert User.login(f"tom-{RUN}", "tuna").lives == 8


def the_master_key():
    with MasterKey(MASTER_KEY):
        Role(name=f"court-{RUN}", ACL={"*": {"read": True}}).save()
        assert [role.name for role in Role.Query.filter(name=f"court-{RUN}")] == [f"court-{RUN}"]


def main():
    register(os.environ["PARSE_APPLICATION_ID"], "none")
    for stop in [objects_come_back_as_they_went, queries, pointers, users, the_master_key]:
        stop()
        print("ok", stop.__name__.replace("_", " "))


if __name__ == "__main__":
    main()
