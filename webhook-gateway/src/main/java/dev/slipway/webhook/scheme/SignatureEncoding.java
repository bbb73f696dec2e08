package dev.slipway.webhook.scheme;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.util.Base64;
import java.util.HexFormat;

/** How the bytes of a signature are written. */
enum SignatureEncoding {

    /** Lower-case hexadecimal digits. */
    HEX {
        @Override
        byte[] encode(byte[] signature) {
            return HexFormat.of().formatHex(signature).getBytes(US_ASCII);
        }
    },

    /** Base64 with padding. */
    BASE64 {
        @Override
        byte[] encode(byte[] signature) {
            return Base64.getEncoder().encode(signature);
        }
    };

    /** What a header must hold. To compare it with what was sent takes no decoding, which could fail. */
    abstract byte[] encode(byte[] signature);
}
