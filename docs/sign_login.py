"""Stands in for a browser's wallet: the answer of GET /auth/message in, what to prove it with out.

WALLET_KEY is the wallet's private key, as 64 hex digits. For trying out: no key of a wallet that
holds anything belongs in a shell.
"""

import json
import os
import sys

from Crypto.Hash import keccak
from eth_keys.datatypes import PrivateKey

key = PrivateKey(bytes.fromhex(os.environ["WALLET_KEY"].removeprefix("0x")))
message = json.load(sys.stdin)["message"]

# What wallets call personal_sign: https://eips.ethereum.org/EIPS/eip-191
text = message.encode()
prefix = b"\x19Ethereum Signed Message:\n%d" % len(text)
signed = key.sign_msg_hash(keccak.new(data=prefix + text, digest_bits=256).digest())
signature = signed.r.to_bytes(32) + signed.s.to_bytes(32) + bytes([27 + signed.v])

proof = {
    "wallet_address": key.public_key.to_checksum_address(),
    "message": message,
    "signature": f"0x{signature.hex()}",
}
json.dump(proof, sys.stdout)
