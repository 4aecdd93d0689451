import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, sign } from 'node:crypto'
import type { FileRecord } from '../../ports/package-store.ts'

/** A signature as npm's documents carry it under `dist.signatures`. */
export type RegistrySignature = NonNullable<FileRecord['signature']>

/** A public key as `/-/npm/v1/keys` lists it. */
export interface RegistryKey {
  readonly keyid: string
  readonly keytype: 'ecdsa-sha2-nistp256'
  readonly scheme: 'ecdsa-sha2-nistp256'
  /** Base64 of the DER form. */
  readonly key: string
  /** ISO time, or null: it does not end. */
  readonly expires: string | null
}

/** Signs what is published here, so that `npm audit signatures` can tell it from what somebody put in between. */
export interface RegistrySigner {
  readonly key: RegistryKey
  /** Signs `<name>@<version>:<integrity>`, as npm's registry does. */
  sign(name: string, version: string, integrity: string): RegistrySignature
}

/** A fresh private key in PEM: ECDSA on P-256, the only kind that npm knows. */
export function makeRegistryKey(): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
}

/** A signer with this private key in PEM. */
export function createRegistrySigner(pem: string): RegistrySigner {
  const privateKey = createPrivateKey(pem)
  const der = createPublicKey(privateKey).export({ type: 'spki', format: 'der' })
  const keyid = `SHA256:${createHash('sha256').update(der).digest('base64').replace(/=+$/, '')}`
  const kind = 'ecdsa-sha2-nistp256'
  return {
    key: { keyid, keytype: kind, scheme: kind, key: der.toString('base64'), expires: null },
    sign: (name, version, integrity) => ({
      keyid,
      sig: sign('sha256', Buffer.from(`${name}@${version}:${integrity}`), privateKey).toString('base64'),
    }),
  }
}
