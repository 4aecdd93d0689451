import { fixedLimits } from '../../config/server/limits.ts'
import type { HttpSettings } from './http-settings.ts'

/** Where webhooks come in. */
export const webhookPath = '/api/github/webhooks'

/** How many bytes the body of a request may have, by the path below its view prefix. */
export function largestBody(settings: Pick<HttpSettings, 'limits'>, rest: string): number {
  const { uploadBytes, requestBytes } = settings.limits
  if (rest === webhookPath) return fixedLimits.webhookBytes
  if (rest === '/pypi/legacy' || rest === '/pypi/legacy/') {
    return uploadBytes + fixedLimits.formBytes + requestBytes
  }
  // Base64 makes a tarball a third longer; the document around it is small.
  if (rest.startsWith('/npm/') && !rest.startsWith('/npm/-/')) {
    return Math.ceil((uploadBytes * 4) / 3) + requestBytes
  }
  return requestBytes
}

/** Whether the body goes to the disk as it comes in, so that it takes hardly any memory. */
export function isStreamedUpload(method: string | undefined, rest: string): boolean {
  if (method === 'POST') return rest === '/pypi/legacy' || rest === '/pypi/legacy/'
  return method === 'PUT' && rest.startsWith('/npm/') && !rest.startsWith('/npm/-/')
}
