import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto'

/** A key that signs notes under a name (C2SP signed-note, Ed25519). */
export interface NoteKey {
  readonly name: string
  readonly privateKey: KeyObject
}

/** A new private key as PEM. */
export function makeKey(): string {
  return generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
}

/** Throws for what is no Ed25519 key. */
export function readKey(name: string, pem: string): NoteKey {
  const privateKey = createPrivateKey(pem)
  if (privateKey.asymmetricKeyType !== 'ed25519') {
    throw new Error(
      `checkpointKey: got a key of type ${privateKey.asymmetricKeyType}, expected an Ed25519 private key in PEM`,
    )
  }
  return { name, privateKey }
}

/** The note: the text, which ends with a newline, an empty line, and the signature. */
export function signNote(text: string, { name, privateKey }: NoteKey): string {
  const signature = sign(null, Buffer.from(text), privateKey)
  const blob = Buffer.concat([keyId(name, publicBytes(privateKey)), signature]).toString('base64')
  return `${text}\n— ${name} ${blob}\n`
}

/** The text of a note with a good signature of this key; null otherwise. */
export function openNote(note: string, { name, privateKey }: NoteKey): string | null {
  const end = note.lastIndexOf('\n\n')
  if (end < 0) return null
  const text = note.slice(0, end + 1)
  const bytes = publicBytes(privateKey)
  for (const line of note.slice(end + 2).split('\n')) {
    const [, signer, blob] = /^— (\S+) ([A-Za-z0-9+/=]+)$/.exec(line) ?? []
    const given = Buffer.from(blob ?? '', 'base64')
    if (signer !== name || !given.subarray(0, 4).equals(keyId(name, bytes))) continue
    if (verify(null, Buffer.from(text), createPublicKey(privateKey), given.subarray(4))) return text
  }
  return null
}

function keyId(name: string, publicKey: Uint8Array): Buffer {
  return createHash('sha256')
    .update(`${name}\n`)
    .update(Buffer.from([1]))
    .update(publicKey)
    .digest()
    .subarray(0, 4)
}

function publicBytes(key: KeyObject): Buffer {
  return createPublicKey(key).export({ type: 'spki', format: 'der' }).subarray(-32)
}
