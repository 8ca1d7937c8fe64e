"""The public key behind an Ethereum signature. Pure, and without secrets: all of it is public.

The arithmetic here only finds the one key that can have made a signature (SEC 1, 4.1.6:
https://www.secg.org/sec1-v2.pdf). Whether that key has made it is decided by `cryptography`, so a
mistake here can refuse a signature and never admit one.
"""

from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

_P: Final = 2**256 - 2**32 - 977
ORDER: Final = 0xFFFFFFFF_FFFFFFFF_FFFFFFFF_FFFFFFFE_BAAEDCE6_AF48A03B_BFD25E8C_D0364141
_GENERATOR: Final = (
    0x79BE667E_F9DCBBAC_55A06295_CE870B07_029BFCDB_2DCE28D9_59F2815B_16F81798,
    0x483ADA77_26A3C465_5DA4FBFC_0E1108A8_FD17B448_A6855419_9C47D08F_FB10D4B8,
)
# Any digest of 32 bytes will do: this only says how long it is.
_HASHED: Final = ec.ECDSA(Prehashed(SHA256()))

Affine = tuple[int, int]
# x / z**2, y / z**3; z is 0 at infinity.
Jacobian = tuple[int, int, int]
_INFINITY: Final[Jacobian] = (1, 1, 0)


def recover(digest: bytes, r: int, s: int, parity: int) -> Affine | None:
    """Return the public key that signed a digest, or None when none has.

    Args:
        digest: 32 bytes.
        r: First half of the signature.
        s: Second half; only the lower of the two possible ones is taken (EIP-2), so that a
            signature cannot be changed into another valid one.
        parity: Of the y of the point whose x is r: 0 or 1.
    """
    if not (0 < r < ORDER and 0 < s <= ORDER // 2 and parity in (0, 1)):
        return None
    square = (pow(r, 3, _P) + 7) % _P
    y = pow(square, (_P + 1) // 4, _P)
    if y * y % _P != square:
        return None
    point = (r, y if y % 2 == parity else _P - y)
    inverse = pow(r, -1, ORDER)
    of_generator = -int.from_bytes(digest) * inverse % ORDER
    key = _to_affine(_sum_of_multiples(of_generator, _GENERATOR, s * inverse % ORDER, point))
    return key if key is not None and _has_signed(key, digest, r, s) else None


def _has_signed(key: Affine, digest: bytes, r: int, s: int) -> bool:
    try:
        public = ec.EllipticCurvePublicNumbers(*key, ec.SECP256K1()).public_key()
        public.verify(encode_dss_signature(r, s), digest, _HASHED)
    except (ValueError, InvalidSignature):
        return False
    return True


def _sum_of_multiples(a: int, first: Affine, b: int, second: Affine) -> Jacobian:
    """Return a times the first point and b times the second."""
    both = _to_affine(_add(_add(_INFINITY, first), second))
    total = _INFINITY
    for place in reversed(range(256)):
        total = _double(total)
        match (a >> place & 1, b >> place & 1):
            case (1, 0):
                total = _add(total, first)
            case (0, 1):
                total = _add(total, second)
            case (1, 1) if both is not None:  # they cancel each other out otherwise
                total = _add(total, both)
            case _:
                pass
    return total


def _double(point: Jacobian) -> Jacobian:
    x, y, z = point
    if z == 0:
        return _INFINITY
    yy = y * y % _P
    s = 4 * x * yy % _P
    m = 3 * x * x % _P
    new_x = (m * m - 2 * s) % _P
    return new_x, (m * (s - new_x) - 8 * yy * yy) % _P, 2 * y * z % _P


def _add(point: Jacobian, other: Affine) -> Jacobian:
    x, y, z = point
    if z == 0:
        return other[0], other[1], 1
    zz = z * z % _P
    h = (other[0] * zz - x) % _P
    r = (other[1] * zz * z - y) % _P
    if h == 0:
        return _double(point) if r == 0 else _INFINITY
    hh = h * h % _P
    hhh = h * hh % _P
    v = x * hh % _P
    new_x = (r * r - hhh - 2 * v) % _P
    return new_x, (r * (v - new_x) - y * hhh) % _P, z * h % _P


def _to_affine(point: Jacobian) -> Affine | None:
    x, y, z = point
    if z == 0:
        return None
    inverse = pow(z, -1, _P)
    square = inverse * inverse % _P
    return x * square % _P, y * square * inverse % _P
