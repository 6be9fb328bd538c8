import type { Metadata, Viewport } from 'next';
import type { ReactNode } from 'react';
import { Header } from '../components/header';
import { Providers } from '../components/providers';
import { Strip } from '../components/strip';
import { access } from '../lib/access';
import { settings } from '../lib/settings';
import './globals.css';

export const metadata: Metadata = { title: 'Lumen', description: 'Reports that write themselves.' };
export const viewport: Viewport = { colorScheme: 'light dark' };
// The settings and the session are those of the request.
export const dynamic = 'force-dynamic';

export default async function Layout({ children }: { readonly children: ReactNode }) {
  const initial = await access().getEntitlements();
  return (
    <html lang="en">
      <body>
        <Providers settings={settings()} initial={initial}>
          <Header />
          <main>{children}</main>
          <Strip />
        </Providers>
      </body>
    </html>
  );
}
