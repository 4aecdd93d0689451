import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto'
import { CompactSign, calculateJwkThumbprint, exportJWK, type JWK } from 'jose'

/** Signs rules for an edge that takes nothing unsigned. */
export interface EdgeKey {
  /** As `/edge/v1/keys` lists it. */
  readonly jwk: JWK
  /** JWS in its compact form (RFC 7515) over these bytes, EdDSA. */
  sign(body: string): Promise<string>
}

/** A fresh Ed25519 private key in PEM. */
export function makeEdgeKey(): string {
  return generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
}

/** Signs with this private key in PEM. */
export async function createEdgeKey(pem: string): Promise<EdgeKey> {
  const privateKey = createPrivateKey(pem)
  const plain = await exportJWK(createPublicKey(privateKey))
  const kid = await calculateJwkThumbprint(plain)
  return {
    jwk: { ...plain, kid, alg: 'EdDSA', use: 'sig' },
    sign: (body) =>
      new CompactSign(Buffer.from(body)).setProtectedHeader({ alg: 'EdDSA', kid }).sign(privateKey),
  }
}
