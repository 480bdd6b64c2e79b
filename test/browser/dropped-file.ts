import type { Page } from 'playwright-core';

/** Drops a file on the page as a person does: first over it, then down. A number stands for so many zeros. */
export async function dropFile(page: Page, name: string, content: Buffer | number): Promise<void> {
  const bytes =
    typeof content === 'number'
      ? `new Uint8Array(${content})`
      : `Uint8Array.from(atob(${JSON.stringify(content.toString('base64'))}), (c) => c.charCodeAt(0))`;
  const transfer = await page.evaluateHandle(
    `(() => {
      const bytes = ${bytes};
      const transfer = new DataTransfer();
      transfer.items.add(new File([bytes], ${JSON.stringify(name)}, { type: 'application/octet-stream' }));
      return transfer;
    })()`,
  );
  for (const type of ['dragover', 'drop']) {
    await page.dispatchEvent('body', type, { dataTransfer: transfer, bubbles: true, cancelable: true });
  }
}
