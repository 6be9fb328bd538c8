/**
 * What the recipes for iOS and Android use of the languages and of libraries. Names that Kotlin imports need no entry. A
 * name that is missing here is either of the generated client, or wrong.
 */
import type { RecipeLanguage } from './recipe.ts';

const swift = `
  Bool Codable CodingKey Data Decodable Error Hashable Int Int64 MainActor Sendable String Task URL
  async contains filter flatMap for get init isEmpty seconds self sleep string
  JSONDecoder decode from
  Button Environment ObservableObject ObservedObject Published State View of onChange onOpenURL
  HTTPField HTTPRequest HTTPResponse Name authorization headerFields
  ClientError ClientMiddleware HTTPBody URLSessionTransport collecting middlewares serverURL transport underlyingError upTo
  Amplify Auth AuthCognitoTokensProvider AuthError fetchAuthSession getCognitoTokens getCurrentUser idToken options
  sessionExpired signOut signedOut userId
  Package Purchases logIn logOut package purchase shared userCancelled
`;

const kotlin = `
  Boolean Exception Int List Long String
  contains filter getOrDefault isNotEmpty orEmpty toLongOrNull use value
  asFile buildDirectory dir get kotlin named path set sourceSets srcDir
  basePath client
  Builder Chain addInterceptor body build close header isSuccessful newBuilder proceed
  isNull optString string
  Auth builder error fetchAuthSession forceRefresh getCurrentUser isSignedIn signOut userId userPoolTokensResult idToken
  sharedInstance userCancelled
  launchUrl parse onResume launch
`;

export const libraryNames: Readonly<Record<RecipeLanguage, ReadonlySet<string>>> = {
  swift: new Set(swift.trim().split(/\s+/)),
  kotlin: new Set(kotlin.trim().split(/\s+/)),
};
