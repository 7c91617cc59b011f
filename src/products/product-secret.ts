/** What a sealed product secret is bound to, so that it cannot be moved to another product. */
export function productSecretContext(productKey: string): string {
  return `product-secret/${productKey}`;
}
