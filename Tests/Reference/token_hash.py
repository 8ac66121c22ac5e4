"""Golden hashes of tokens: python Tests/Reference/token_hash.py > Tests/Reference/token_hash.json"""

import json

MASK = (1 << 64) - 1


def mix(z):
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    return z ^ (z >> 31)


def token_hash(token):
    if not token:
        return 0
    words = [token[i : i + 8] for i in range(0, len(token), 8)]
    state = 0x5377696674526563
    for word in words[:-1]:
        state = mix(state ^ int.from_bytes(word, "little"))
    last = int.from_bytes(words[-1], "little")
    return mix(state ^ last ^ (len(token) * 0x9E3779B97F4A7C15 & MASK)) or 1


def bucket(value, size, seed):
    spread = value if seed == 0 else mix(value ^ mix(seed))
    return spread * size >> 64


tokens = ["", "0", "7", "68fd1e64", "a", "ab", "1234567", "12345678", "123456789", "0123456789abcdef"]
tokens += ["0123456789abcdef0", "Amélie", "x" * 100, "-1", "68FD1E64"]
print(
    json.dumps(
        [
            {
                "token": token,
                "hash": str(token_hash(token.encode())),
                "id": 1 + bucket(token_hash(token.encode()), 1000, 0) if token else 0,
                "seeded": 1 + bucket(token_hash(token.encode()), 1000, 42) if token else 0,
            }
            for token in tokens
        ],
        indent=1,
    )
)
