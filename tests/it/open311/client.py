"""Lists services, files a report and reads it back, as any client of Open311 would; says what it saw as JSON.

usage: client.py ROOT JURISDICTION API_KEY SCHEMA PHOTO

What the library can do it does. It cannot file (0.3.1): that is done by the requests it is built on, as the protocol says.
"""

import json
import sys

import requests
from georeport import GeoReport
from lxml import etree

root, jurisdiction, key, schema, photo = sys.argv[1:]
valid = etree.XMLSchema(etree.parse(schema))
json_client = GeoReport(root, jurisdiction=jurisdiction, api_key=key)
xml_client = GeoReport(root, jurisdiction=jurisdiction, api_key=key, output_format="xml")
seen = {"problems": []}


def checked(response):
    """XML that anybody's parser takes, and that is as the protocol has it."""
    if not response.headers["content-type"].startswith("text/xml"):
        seen["problems"].append(f"{response.url}: {response.headers['content-type']}")
    document = etree.fromstring(response.content)
    if not valid.validate(document):
        seen["problems"].append(f"{response.url}: {valid.error_log.last_error}")
    return document


def get(path, **params):
    return requests.get(f"{root}/{path}", params={"jurisdiction_id": jurisdiction, **params}, timeout=30)


services = json_client.get_service_list()
seen["services"] = [service["service_code"] for service in services]
seen["same services"] = [dict(service) for service in xml_client.get_service_list()] == [
    {name: str(value).lower() if isinstance(value, bool) else value for name, value in service.items()}
    for service in services
]
definition = json_client.get_service_definition("road")
seen["attributes"] = [attribute["code"] for attribute in definition["attributes"]]
seen["same definition"] = len(xml_client.get_service_definition("road")["attributes"]["attribute"]) == len(
    definition["attributes"]
)

report = {
    "api_key": key,
    "jurisdiction_id": jurisdiction,
    "service_code": "road",
    "lat": "41.795200",
    "long": "123.308500",
    "description": "路灯 <坏了> & 很暗",
    "attribute[grid]": "G-1",
    "phone": "13912345678",
}
filed = requests.post(f"{root}/requests.json", data=report, timeout=30)
seen["filed"] = (filed.status_code, filed.json())
again = requests.post(f"{root}/requests.xml", data=report, timeout=30)
number = filed.json()[0]["service_request_id"]
seen["again"] = checked(again).findtext("request/service_request_id") == number

with open(photo, "rb") as picture:
    with_photo = requests.post(
        f"{root}/requests.json",
        data={**report, "service_code": "fire", "description": "楼道堆物"},
        files={"media": ("a.jpg", picture, "image/jpeg")},
        timeout=30,
    )
seen["with photo"] = (with_photo.status_code, with_photo.json())

seen["read"] = json_client.get_service_request(number)
seen["read as xml"] = dict(xml_client.get_service_request(number))
seen["own"] = get(f"requests/{number}.json", api_key=key).json()
seen["token"] = get(f"tokens/{number}.json").json()
seen["listed to all"] = [one["service_request_id"] for one in json_client.get_service_requests(status="open")]
listed = get("requests.json", api_key=key, service_code="road,gas", status="open").json()
seen["listed"] = [one["service_request_id"] for one in listed]

for path in ["services.xml", "services/road.xml", "requests.xml", f"requests/{number}.xml", f"tokens/{number}.xml"]:
    checked(get(path, api_key=key))


def error(answer):
    body = answer.json()
    return [answer.status_code, body[0]["code"], bool(body[0]["description"])]


def without(*names, **more):
    return {**{name: value for name, value in report.items() if name not in names}, **more}


def post(data):
    return requests.post(f"{root}/requests.json", data=data, timeout=30)


seen["errors"] = {
    "no such service": error(get("services/none.json")),
    "no such report": error(get("requests/17.json")),
    "no such jurisdiction": error(requests.get(f"{root}/services.json?jurisdiction_id=none", timeout=30)),
    "no key": error(post(without("api_key"))),
    "wrong key": error(post(without(api_key="none"))),
    "no service": error(post(without("service_code"))),
    "no place": error(post(without("lat", "long"))),
    "half a place": error(post(without("lat"))),
    "no such place": error(post(without(lat="91"))),
    "wrong time": error(get("requests.json", start_date="yesterday")),
    "long time": error(get("requests.json", start_date="2026-01-01T00:00:00Z", end_date="2026-12-01T00:00:00Z")),
}
failed = get("requests/17.xml")
seen["error as xml"] = (failed.status_code, checked(failed).findtext("error/code"))
discovery = requests.get(root.replace("/v2", "/discovery.json"), timeout=30).json()
seen["discovery"] = discovery["endpoints"][0]["url"] == root
checked(requests.get(root.replace("/v2", "/discovery.xml"), timeout=30))
json.dump(seen, sys.stdout)
