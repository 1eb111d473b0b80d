from flask.testing import FlaskClient

URL = "/api/v1/things"


def test_a_thing_is_added_and_listed(client: FlaskClient, bearer: dict[str, str]) -> None:
    made = client.post(URL, json={"name": "Badminton set"}, headers=bearer)
    assert made.status_code == 201, made.text
    listed = client.get(URL, headers=bearer)
    assert [item["id"] for item in listed.json["items"]] == [made.json["id"]]
    assert listed.json["next"] is None
