import { answerDigests } from '../../server/files/answer-digests.ts'

answerDigests()
