#!/usr/bin/env bash
# Makes the signed bundle that SignaturePolicyTest reads, with the tools that people sign with: OpenSSF's model_signing and
# OpenSSL. Needs both on the path. New keys each time; the private ones are not kept.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../resources/dev/firstpass/registry/signature"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
rm -rf signed && mkdir -p signed/bundle/names
printf 'a model\n' >signed/bundle/model.onnx
printf 'crop\nweed\n' >signed/bundle/names/classes.txt
printf 'family: boxes\n' >signed/bundle/firstpass.yaml
cp -r signed/bundle "$work/weeds" && printf 'not taken in\n' >"$work/weeds/.cache"

for curve in prime256v1 secp384r1 secp521r1; do
    openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:$curve -out "$work/$curve.key"
    openssl pkey -in "$work/$curve.key" -pubout -out signed/$curve.pem
    (cd "$work" && model_signing sign key --private_key $curve.key --signature weeds/model.sig weeds)
    mv "$work/weeds/model.sig" signed/$curve.model.sig
done

(cd "$work/weeds" && find . -type f ! -name '.*' ! -name 'SHA256SUMS*' -exec sha256sum {} + >SHA256SUMS)
openssl genpkey -algorithm ed25519 -out "$work/ed25519.key"
openssl pkey -in "$work/ed25519.key" -pubout -out signed/ed25519.pem
openssl pkeyutl -sign -rawin -inkey "$work/ed25519.key" -in "$work/weeds/SHA256SUMS" -out signed/ed25519.SHA256SUMS.sig
openssl dgst -sha384 -sign "$work/secp384r1.key" -out signed/secp384r1.SHA256SUMS.sig "$work/weeds/SHA256SUMS"
cp "$work/weeds/SHA256SUMS" signed/SHA256SUMS
openssl genrsa 2048 2>/dev/null | openssl rsa -pubout -out signed/rsa.pem 2>/dev/null
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:secp256k1 2>/dev/null | openssl pkey -pubout -out signed/secp256k1.pem
openssl pkey -pubin -in signed/ed25519.pem -outform DER | sha256sum | cut -c1-64 >signed/ed25519.fingerprint
