/* The shape of an Ed25519 public key, shared by the settings and the signature check. */
#pragma once

/* RFC 8032: 32 bytes, written as 64 hexadecimal digits. */
struct public_key {
	unsigned char bytes[32];
};
