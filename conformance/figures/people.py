"""The people of the made-up year: who refers, who is referred by whom, and what browsers say of them."""

CHANNELS = ["whatsapp", "email", "telegram", "qr", "print", "copy", "facebook", "other:flyer"]
PLACES = [("DE", "Berlin"), ("DE", "Köln"), ("FR", "Lyon"), ("AT", "Wien"), ("PL", "Kraków"), ("US", None), (None, None)]
PAGES = ["https://forum.example/thread?x=1", "https://Blog.Example:8443/a", "https://news.example/", None, None]
UTM = [
    {"utm_source": "news", "utm_medium": "mail", "utm_campaign": "may"},
    {"utm_source": "poster", "utm_medium": "print"},
    {"utm_source": "partner", "utm_campaign": "summer sale"},
]
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
BROWSERS = [
    PHONE + "Version/18.5 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/137.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/137.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:139.0) Gecko/20100101 Firefox/139.0",
    "Mozilla/5.0 (iPad; CPU OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/604.1",
    None,
]
MACHINES = [
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "WhatsApp/2.23.20.0",
    "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
]
REFERRERS, INVITEES, STRANGERS = 400, 1600, 250


class Person:
    """Somebody of the year. Codes, links and the id are those that the engine answered."""

    def __init__(self, name, dice):
        self.name = name
        self.country, self.city = dice.one_of(PLACES)
        self.browser = dice.one_of(BROWSERS)
        self.visitor = f"visitor-{name}"
        self.participant, self.code, self.links = None, None, []
        self.since = None

    def told(self):
        """How the host tells of the person."""
        told = {"host_id": self.name, "email": f"{self.name}@mail.example"}
        return told | ({"country": self.country} if self.country else {})

    def who(self):
        """How a command names the person."""
        return {"host": self.name}

    def facts(self, at):
        """What the host knows beside a request of the person."""
        place = {"country": self.country, "city": self.city}
        return {"at": at} | {name: value for name, value in place.items() if value}


def click(person, link, dice, view=False, machine=False):
    """A click of a person, or of a machine that follows the same link."""
    command = {"link": link, "visitor": person.visitor, "referer": dice.one_of(PAGES)}
    command["user_agent"] = dice.one_of(MACHINES) if machine else person.browser
    if view:
        command["view"] = True
    if dice.percent(30):
        values = dice.one_of(UTM)
        command["query"] = "?" + "&".join(f"{name}={value.replace(' ', '+')}" for name, value in values.items())
    if dice.percent(2):
        command["method"] = "HEAD"
    if dice.percent(2):
        command["purpose"] = "prefetch"
    if "-" not in link:
        return {"record_click": command}
    return {"record_click": command | {"campaign": "friends"}}
