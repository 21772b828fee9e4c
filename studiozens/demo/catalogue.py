"""What the demonstration studio offers."""

from dataclasses import dataclass

CATEGORIES = ("Masajes", "Faciales", "Rituales y spa", "Movimiento")


@dataclass(frozen=True, slots=True)
class DemoService:
    """A service; prices in whole pesos."""

    category: str
    name: str
    description: str
    minutes: int
    price: int
    vip_price: int | None
    skill: str
    room: str
    deposit_percent: int | None = None
    buffer_before: int = 0


SERVICES = (
    DemoService("Masajes", "Masaje relajante", "Aceites tibios y ritmo lento para soltar el cuerpo.",
                60, 145_000, 123_000, "Masaje", "CABIN"),
    DemoService("Masajes", "Masaje de tejido profundo", "Presión firme en espalda y piernas.",
                75, 185_000, 157_000, "Masaje", "CABIN"),
    DemoService("Masajes", "Piedras volcánicas", "Basalto caliente sobre los puntos de tensión.",
                90, 225_000, 191_000, "Masaje", "CABIN", buffer_before=10),
    DemoService("Masajes", "Drenaje linfático", "Maniobras suaves que alivian la retención de líquidos.",
                60, 160_000, 136_000, "Drenaje", "CABIN"),
    DemoService("Faciales", "Limpieza facial profunda", "Vapor, extracción y mascarilla según tu piel.",
                60, 130_000, 110_000, "Facial", "CABIN"),
    DemoService("Faciales", "Hidratación con ácido hialurónico", "Para pieles cansadas por el sol y el frío.",
                45, 155_000, 132_000, "Facial", "CABIN"),
    DemoService("Faciales", "Facial antioxidante con cacao", "Cacao santandereano y vitamina C.",
                60, 170_000, None, "Facial", "CABIN"),
    DemoService("Rituales y spa", "Ritual andino de sal y café", "Exfoliación con café del Huila y sal de Zipaquirá.",
                90, 240_000, 204_000, "Ritual", "CABIN", deposit_percent=50, buffer_before=10),
    DemoService("Rituales y spa", "Circuito de aguas", "Sauna, ducha escocesa y tina de agua fría, a tu ritmo.",
                60, 95_000, 81_000, "", "ROOM"),
    DemoService("Rituales y spa", "Flotación", "Media hora sin peso en agua con sales de magnesio.",
                45, 110_000, 94_000, "", "EQUIPMENT"),
    DemoService("Movimiento", "Yoga personalizado", "Una clase a la medida de tu cuerpo y tu día.",
                60, 120_000, 102_000, "Yoga", "ROOM"),
    DemoService("Movimiento", "Valoración de bienestar", "Conversación y plan inicial, sin costo.",
                30, 0, None, "Valoración", ""),
)  # fmt: skip

# The service's name, what the picture shows, and its colours: above, below, of the disc.
PICTURES = (
    ("Masaje relajante", "Un sol claro sobre un horizonte ámbar", "#f6d9a8", "#b5622f", "#fff3d6"),
    ("Ritual andino de sal y café", "Una luna clara sobre agua verde", "#1f3d3a", "#6f9c86", "#f2f5e9"),
)  # fmt: skip

# Name, description, services it covers, sessions, price in whole pesos, days it lasts.
PACKAGES = (
    ("Cinco masajes relajantes", "Un respiro cada dos semanas, al precio de cuatro y medio.",
     ("Masaje relajante",), 5, 650_000, None),
    ("Diez masajes a tu elección", "Relajante, de tejido profundo o drenaje: tú eliges cada vez.",
     ("Masaje relajante", "Masaje de tejido profundo", "Drenaje linfático"), 10, 1_450_000, 180),
    ("Tres faciales", "Limpieza, hidratación y cacao: tu piel en tres visitas.",
     ("Limpieza facial profunda", "Hidratación con ácido hialurónico",
      "Facial antioxidante con cacao"), 3, 410_000, 120),
)  # fmt: skip

# Name, address, phone, and the rooms it has: kind and names.
LOCATIONS = (
    ("Chicó", "chico", "Carrera 11 # 93-42", "+576017450101", (
        ("CABIN", "Cabina Ceiba"), ("CABIN", "Cabina Guayacán"), ("CABIN", "Cabina Frailejón"),
        ("ROOM", "Sala Chingaza"), ("EQUIPMENT", "Tina de flotación"),
    )),
    ("Usaquén", "usaquen", "Calle 119 # 6-15", "+576017450102", (
        ("CABIN", "Cabina Orquídea"), ("CABIN", "Cabina Sietecueros"), ("ROOM", "Sala Sumapaz"),
    )),
)  # fmt: skip
OPENING = {1: (8, 20), 2: (8, 20), 3: (8, 20), 4: (8, 20), 5: (8, 20), 6: (8, 18), 7: (9, 15)}


@dataclass(frozen=True, slots=True)
class DemoStaff:
    """Somebody of the team: skills, and hours by location slug as `(weekdays, from, to)`."""

    name: str
    phone: str
    skills: tuple[str, ...]
    hours: tuple[tuple[str, tuple[int, ...], int, int], ...]


WEEK = (1, 2, 3, 4, 5)
STAFF = (
    DemoStaff("Luisa Fernanda Rojas", "+573104550011", ("Masaje", "Drenaje", "Ritual", "Valoración"),
              (("chico", WEEK, 8, 16),)),
    DemoStaff("Andrés Caicedo", "+573104550012", ("Masaje", "Ritual"),
              (("chico", (2, 3, 4, 5, 6), 10, 18),)),
    DemoStaff("Mariana Suárez", "+573104550013", ("Facial", "Valoración"),
              (("chico", (1, 3, 5), 8, 17), ("usaquen", (2, 4), 8, 17))),
    DemoStaff("Camilo Ortega", "+573104550014", ("Masaje", "Drenaje"),
              (("usaquen", (1, 2, 3, 4, 5, 6), 9, 18),)),
    DemoStaff("Valentina Pinzón", "+573104550015", ("Facial", "Ritual"),
              (("usaquen", (3, 4, 5, 6, 7), 9, 15),)),
    DemoStaff("Julián Mora", "+573104550016", ("Yoga", "Valoración"),
              (("chico", (1, 3, 5), 8, 14), ("usaquen", (2, 4, 6), 9, 15))),
)  # fmt: skip
