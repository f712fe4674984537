/** An operator's or starter's signed statement: compact JWS (EdDSA) over `Statement` of domain/approval.ts. */
export interface Signed {
  readonly statement: string;
}
