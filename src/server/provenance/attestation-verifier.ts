import publicGoodRoot from './public-good-root.json' with { type: 'json' }

/** Who signed, as the certificate says that sigstore gave for the token of a workflow or a person. */
export interface AttestationSigner {
  /** Who vouched for the token: `https://token.actions.githubusercontent.com`. */
  readonly issuer: string
  /** Address of the workflow, or of the person. */
  readonly subject: string
  /** Address of the repository; null for a person. */
  readonly repository: string | null
  /** Its id at its forge. */
  readonly repositoryId: string | null
  /** Address of the workflow that was started, also where it calls another one; null for a person. */
  readonly workflow: string | null
}

export type Verified =
  | { readonly ok: true; readonly signer: AttestationSigner }
  | { readonly ok: false; readonly why: string }

/** Verifies what clients send as proof of where a file was made. Asks nobody. */
export interface AttestationVerifier {
  /** `bundle`: a sigstore bundle as JSON, with its signed statement inside. Never throws. */
  verify(bundle: unknown): Promise<Verified>
}

/**
 * A verifier that trusts the authorities and logs of a root (`trusted_root.json` of a sigstore instance). Rejects at the
 * first use when it is none.
 */
export function createAttestationVerifier(trustedRoot: unknown): AttestationVerifier {
  let verifying: Promise<(bundle: unknown) => AttestationSigner> | null = null
  return {
    verify: async (bundle) => {
      verifying ??= loadVerifier(trustedRoot)
      const verify = await verifying
      try {
        return { ok: true, signer: verify(bundle) }
      } catch (error) {
        return { ok: false, why: (error instanceof Error ? error.message : String(error)).slice(0, 300) }
      }
    },
  }
}

/** Trusts sigstore's public instance, as it was when this version was made. */
export const publicGoodVerifier = createAttestationVerifier(publicGoodRoot)

/** Whether a document is a trusted root that something can be verified by. */
export async function isTrustedRoot(document: unknown): Promise<boolean> {
  return loadVerifier(document).then(
    () => true,
    () => false,
  )
}

/** Loaded when something is to be verified: most servers never do, and it takes its time. */
async function loadVerifier(trustedRoot: unknown): Promise<(bundle: unknown) => AttestationSigner> {
  const [{ bundleFromJSON }, { ASN1Obj }, { TrustedRoot }, { toSignedEntity, toTrustMaterial, Verifier }] =
    await Promise.all([
      import('@sigstore/bundle'),
      import('@sigstore/core'),
      import('@sigstore/protobuf-specs'),
      import('@sigstore/verify'),
    ])
  const root = TrustedRoot.fromJSON(trustedRoot)
  if (root.certificateAuthorities.length === 0 || root.tlogs.length === 0)
    throw new Error('A trusted root names authorities and logs.')
  const verifier = new Verifier(toTrustMaterial(root))
  return (bundle) => {
    const { identity } = verifier.verify(toSignedEntity(bundleFromJSON(bundle)))
    const extension = (number: number): string | null => {
      const oid = `1.3.6.1.4.1.57264.1.${number}`
      const value = identity?.oids?.find((one) => one.oid?.id.join('.') === oid)?.value
      return value === undefined ? null : ASN1Obj.parseBuffer(Buffer.from(value)).value.toString('utf8')
    }
    const issuer = identity?.extensions?.issuer ?? extension(8)
    if (!issuer || !identity?.subjectAlternativeName)
      throw new Error('its certificate does not say whose it is')
    return {
      issuer,
      subject: identity.subjectAlternativeName,
      repository: extension(12),
      repositoryId: extension(15),
      workflow: extension(18),
    }
  }
}
