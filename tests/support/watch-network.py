"""Prints what python-zeroconf hears of clinics, one JSON object a line, until it is ended. Parameter: an address of this computer."""
import json
import sys
import threading

from zeroconf import ServiceBrowser, ServiceListener, Zeroconf

TYPE = "_autamedica._tcp.local."


class Watcher(ServiceListener):
    def add_service(self, zc, type_, name):
        info = zc.get_service_info(type_, name)
        facts = {key.decode(): (value or b"").decode() for key, value in info.properties.items()}
        say({"heard": name, "addresses": info.parsed_addresses(), "port": info.port, **facts})

    def update_service(self, zc, type_, name):
        pass

    def remove_service(self, zc, type_, name):
        say({"gone": name})


def say(event):
    print(json.dumps(event, ensure_ascii=False), flush=True)


zeroconf = Zeroconf(interfaces=[sys.argv[1]])
ServiceBrowser(zeroconf, TYPE, Watcher())
say({"listening": True})
threading.Event().wait()
