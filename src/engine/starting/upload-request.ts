import type { ReleaseId } from '../../versions/release.ts'
import type { Who } from '../core/who.ts'

/** What an upload is about to do; asked before the first byte is stored. */
export interface UploadRequest {
  readonly release: ReleaseId
  readonly file: { readonly name: string; readonly sha256: string }
  readonly who: Who
}
