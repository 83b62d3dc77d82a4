/** Says what went wrong, read out at once; nothing when `fault` is null. */
export function FaultLine({ fault }: { readonly fault: string | null }) {
  if (fault === null) return null
  return (
    <p class="form-fault" role="alert">
      {fault}
    </p>
  )
}
