"""Names to invent people and places from. Whoever bears one of them in life is not meant."""


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


PLACES = _words("Ashdown Birchwood Coppice Dovecote Elmfield")
SITES = _words("Lane Bank Hill Green View")

SURNAMES = _words("""
    Abara Ahmed Bailey Bennett Brook Carter Chen Clarke Cole Dawson Diaz Ellis Evans Farah Fox
    Grant Green Hall Harris Hughes Hussain Iqbal Jones Kaur Khan King Lee Lewis Malik Marsh Mensah
    Moore Nowak Okafor Osei Palmer Patel Price Rahman Reid Rossi Sharma Shaw Singh Stone Taylor
    Thomas Turner Walker Ward Webb White Wood Wright Young
""")

FORENAMES = {
    "F": _words("""
        Ada Aisha Amelia Beth Chloe Daisy Elif Ella Eva Fatima Freya Grace Hana Isla Ivy Jasmine
        Layla Lily Maya Mia Niamh Olivia Poppy Rosa Ruby Sara Sofia Zara
    """),
    "M": _words("""
        Adam Alfie Ben Caleb Daniel David Elijah Ethan Finn George Hamza Harry Ibrahim Isaac Jack
        James Jacob Kai Leo Liam Luca Max Mohammed Noah Omar Oscar Ravi Theo
    """),
}
