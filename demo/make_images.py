"""Makes demo/images/: portraits from one public-domain picture, fingerprints from nothing but seeds.

    target/venv/bin/python demo/make_images.py

The results are committed, so that `make demo` needs no Python. Sources and licences: demo/SOURCES.md.
"""

import hashlib
import io
import pathlib
import subprocess
import sys
import tempfile
import zipfile

import numpy as np
import wsq  # noqa: F401  registers WSQ with Pillow
from PIL import Image, ImageEnhance, ImageFilter

IMAGES = pathlib.Path(__file__).parent / "images"
WHEEL = "scikit-image==0.26.0"
ASTRONAUT = "88431cd9653ccd539741b555fb0a46b61558b301d4110412b5bc28b5e3ea6cb5"

PORTRAIT_SIZE = (240, 320)
PORTRAIT_BYTES = (15_000, 18_000)
JPEG_2000 = {6, 10}  # records whose portrait is JPEG 2000
RECORDS = 16

FINGER_SIZE = (384, 440)  # 19.5 x 22 mm at 500 dpi, the size of a plain print
FINGER_BYTES = (9_500, 12_500)
# Which fingers each record brings: (record, position).
FINGERS = [
    (record, position)
    for record in (1, 2, 3, 4, 5, 6, 7, 9, 10, 13, 15)
    for position in ("right-index", "left-index")
] + [(8, "left-index"), (14, "right-thumb")]


def main():
    IMAGES.mkdir(exist_ok=True)
    source = astronaut()
    for record in range(1, RECORDS + 1):
        picture = portrait(source, record)
        if record in JPEG_2000:
            write(f"p{record:02}.jp2", jpeg_2000(picture))
        else:
            write(f"p{record:02}.jpg", jpeg(picture))
    for record, position in FINGERS:
        picture = finger(seed=[2026, record, len(position)], right=position.startswith("right"))
        encoded = io.BytesIO()
        picture.save(encoded, "WSQ")
        within(FINGER_BYTES, encoded.getvalue(), f"finger of record {record}")
        write(f"f{record:02}-{position}.wsq", encoded.getvalue())


def write(name, content):
    (IMAGES / name).write_bytes(content)
    print(f"{name:24} {len(content):6} bytes")


def within(bounds, content, what):
    if not bounds[0] <= len(content) <= bounds[1]:
        sys.exit(f"{what}: {len(content)} bytes, outside {bounds}")


# --- Portraits -----------------------------------------------------------------------------------------------------


def astronaut():
    """The portrait out of the scikit-image wheel, fetched by pip and checked against its digest."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps", "--dest", folder, WHEEL],
            check=True,
        )
        (wheel,) = pathlib.Path(folder).glob("*.whl")
        content = zipfile.ZipFile(wheel).read("skimage/data/astronaut.png")
    if hashlib.sha256(content).hexdigest() != ASTRONAUT:
        sys.exit("astronaut.png is not the picture this script was written for")
    return Image.open(io.BytesIO(content)).convert("RGB")


def portrait(source, record):
    """One full-frontal portrait: the head fills about 70 % of the height; tone, mirror and framing vary by record."""
    dice = np.random.default_rng([9303, record])
    height = dice.uniform(226, 238)
    width = height * PORTRAIT_SIZE[0] / PORTRAIT_SIZE[1]
    centre, top = 227 + dice.uniform(-3, 3), dice.uniform(0, 3)
    picture = source.transform(
        PORTRAIT_SIZE,
        Image.Transform.EXTENT,
        (centre - width / 2, top, centre + width / 2, top + height),
        Image.Resampling.BICUBIC,
    )
    if record % 2 == 0:
        picture = picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    picture = picture.filter(ImageFilter.UnsharpMask(radius=1.2, percent=45, threshold=2))
    warmth = dice.uniform(-0.06, 0.06)
    red, green, blue = picture.split()
    picture = Image.merge("RGB", (red.point(lambda v: v * (1 + warmth)), green, blue.point(lambda v: v * (1 - warmth))))
    picture = ImageEnhance.Color(picture).enhance(dice.uniform(0.55, 1.05))
    picture = ImageEnhance.Brightness(picture).enhance(dice.uniform(0.93, 1.08))
    return ImageEnhance.Contrast(picture).enhance(dice.uniform(0.92, 1.08))


def jpeg(picture):
    """The best quality whose size still fits the chip."""
    for quality in range(95, 50, -1):
        encoded = io.BytesIO()
        picture.save(encoded, "JPEG", quality=quality, optimize=True, dpi=(300, 300))
        if encoded.tell() <= PORTRAIT_BYTES[1]:
            within(PORTRAIT_BYTES, encoded.getvalue(), "portrait")
            return encoded.getvalue()
    sys.exit("no JPEG quality gives a portrait of the wanted size")


def jpeg_2000(picture):
    encoded = io.BytesIO()
    raw = picture.width * picture.height * 3
    picture.save(encoded, "JPEG2000", quality_mode="rates", quality_layers=[raw / 16_500], irreversible=True)
    within(PORTRAIT_BYTES, encoded.getvalue(), "portrait")
    return encoded.getvalue()


# --- Fingerprints --------------------------------------------------------------------------------------------------


def finger(seed, right):
    """A synthetic print: ridges grown by oriented Gabor filters along a flow field with a core and a delta.

    The method is that of R. Cappelli's SFinGe (Sherlock-Monro orientation model, iterated Gabor filtering of random
    points); no print of any person went in.
    """
    dice = np.random.default_rng(seed)
    width, height = FINGER_SIZE
    x, y = np.meshgrid(np.arange(width, dtype=float), np.arange(height, dtype=float))
    flow = flow_field(x, y, dice, right)
    ridges = grow(flow, dice)
    return Image.fromarray(ink(ridges, x, y, dice), "L")


def flow_field(x, y, dice, right):
    """Ridge direction in radians: each core turns it by +1/2, each delta by -1/2 (Sherlock and Monro, 1993)."""
    width, height = FINGER_SIZE
    side = 1 if right else -1
    middle = width / 2 + dice.uniform(-12, 12)
    core = (middle, height * dice.uniform(0.40, 0.47))
    kind = dice.choice(["loop", "loop", "whorl", "arch"])
    angle = np.zeros_like(x)
    if kind == "arch":
        return np.arctan(np.maximum(0.0, 0.3 + 0.6 * y / height) * np.sin((x - middle) / width * np.pi) * 1.6)
    drop = height * dice.uniform(0.34, 0.42)
    singular = [(core, +1), ((core[0] - side * width * 0.42, core[1] + drop), -1)]
    if kind == "whorl":
        second = (core[0] + dice.uniform(-6, 6), core[1] + dice.uniform(26, 40))
        singular += [(second, +1), ((core[0] + side * width * 0.42, core[1] + drop), -1)]
    for (px, py), sign in singular:
        angle += sign * np.arctan2(y - py, x - px) / 2
    return angle


def grow(flow, dice, period=8.6, rounds=12, directions=24):
    """Ridges of the flow field: a random start, filtered again and again with Gabor kernels of the local direction."""
    height, width = flow.shape
    fy, fx = np.meshgrid(np.fft.fftfreq(height), np.fft.fftfreq(width), indexing="ij")
    sigma = 0.9 * period
    angles = np.arange(directions) * np.pi / directions
    kernels = []
    for angle in angles:
        # The wave runs across the ridge: at a right angle to the ridge's direction.
        ux, uy = -np.sin(angle) / period, np.cos(angle) / period
        lobes = [np.exp(-2 * (np.pi * sigma) ** 2 * ((fx - s * ux) ** 2 + (fy - s * uy) ** 2)) for s in (1, -1)]
        kernels.append(lobes[0] + lobes[1])
    nearest = np.rint((flow % np.pi) / (np.pi / directions)).astype(int) % directions
    image = dice.normal(size=flow.shape)
    for _ in range(rounds):
        spectrum = np.fft.fft2(image)
        filtered = np.zeros_like(image)
        for index, kernel in enumerate(kernels):
            where = nearest == index
            if where.any():
                filtered[where] = np.fft.ifft2(spectrum * kernel).real[where]
        image = np.tanh(3 * filtered / filtered.std())
    return image


def smooth_noise(shape, scale, dice):
    fy, fx = np.meshgrid(np.fft.fftfreq(shape[0]), np.fft.fftfreq(shape[1]), indexing="ij")
    noise = np.fft.ifft2(np.fft.fft2(dice.normal(size=shape)) * np.exp(-2 * (np.pi * scale) ** 2 * (fx**2 + fy**2))).real
    return noise / noise.std()


def ink(ridges, x, y, dice):
    """Grey levels of a live-scan: dark ridges on a light ground, uneven pressure, a few pores, a soft oval border."""
    width, height = FINGER_SIZE
    pressure = 0.12 * smooth_noise(ridges.shape, 28, dice)
    grain = 0.22 * smooth_noise(ridges.shape, 0.8, dice)
    pores = np.where((ridges > 0.6) & (dice.random(ridges.shape) < 0.012), 1.1, 0.0)
    spot = np.exp(-2 * (np.pi * 0.9) ** 2 * (np.fft.fftfreq(width)[None, :] ** 2 + np.fft.fftfreq(height)[:, None] ** 2))
    pores = np.fft.ifft2(np.fft.fft2(pores) * spot).real * 3
    dark = 1 / (1 + np.exp(-3.2 * (ridges + pressure + grain - pores - 0.05)))
    oval = ((x - width / 2) / (width * 0.47)) ** 2 + (np.abs(y - height * 0.5) / (height * 0.49)) ** 2.4
    contact = 1 / (1 + np.exp((oval - 0.93 + 0.05 * smooth_noise(ridges.shape, 6, dice)) * 28))
    grey = 236 - (150 + 14 * pressure) * dark * contact + 2.0 * dice.normal(size=ridges.shape)
    return np.clip(np.rint(grey), 0, 255).astype(np.uint8)


if __name__ == "__main__":
    main()
