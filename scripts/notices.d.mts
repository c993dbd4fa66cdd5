export function shippedPackages(): Promise<{ name: string; version: string; licence: string; text: string }[]>;
export function noticesText(): Promise<string>;
