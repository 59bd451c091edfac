"""``auth``, ``apps``, ``users`` and ``usergroups``: who the app is, and who the others are."""

from __future__ import annotations

from bot.tryout.slack.message import Json
from bot.tryout.slack.paging import page
from bot.tryout.slack.webmethod import Args, Context, Method, SlackError
from bot.tryout.slack.workspace import Group, Person


def auth_test(context: Context, args: Args) -> Json:
    workspace = context.workspace
    return {
        "url": f"https://{workspace.domain}.slack.com/",
        "team": workspace.domain,
        "user": workspace.people[workspace.bot_user].name,
        "team_id": workspace.team_id,
        "user_id": workspace.bot_user,
        "bot_id": workspace.bot_id,
        "is_enterprise_install": False,
    }


def connections_open(context: Context, args: Args) -> Json:
    return {"url": context.socket_url()}


def users_info(context: Context, args: Args) -> Json:
    person = context.workspace.people.get(args.text("user") or "")
    if person is None:
        raise SlackError("user_not_found")
    return {"user": _person(context, person, locale=args.flag("include_locale"))}


def users_list(context: Context, args: Args) -> Json:
    people = [_person(context, p, locale=args.flag("include_locale")) for p in context.workspace.people.values()]
    return page("members", people, args, default=len(people), most=1000)


def groups_list(context: Context, args: Args) -> Json:
    groups = [g for g in context.workspace.groups.values() if args.flag("include_disabled") or not g.disabled]
    return {"usergroups": [_group(context, g, users=args.flag("include_users")) for g in groups]}


def group_users(context: Context, args: Args) -> Json:
    group = context.workspace.groups.get(args.text("usergroup") or "")
    if group is None or (group.disabled and not args.flag("include_disabled")):
        raise SlackError("no_such_subteam")
    return {"users": group.users}


def _person(context: Context, person: Person, *, locale: bool) -> Json:
    shown: Json = {
        "id": person.id,
        "team_id": person.team_id,
        "name": person.name,
        "deleted": person.deleted,
        "profile": {
            "real_name": person.real_name,
            "display_name": person.name,
            "real_name_normalized": person.real_name,
            "display_name_normalized": person.name,
            "team": person.team_id,
        },
        "is_bot": person.is_bot,
        "is_app_user": False,
        "updated": 0,
    }
    if not person.deleted:  # Slack leaves these out for a deactivated account
        shown |= {
            "real_name": person.real_name,
            "tz": person.tz,
            "tz_label": person.tz,
            "tz_offset": person.tz_offset(context.workspace.clock.now()),
            "is_admin": person.is_admin or person.is_owner,
            "is_owner": person.is_owner,
            "is_primary_owner": False,
            "is_restricted": person.is_restricted or person.is_ultra_restricted,
            "is_ultra_restricted": person.is_ultra_restricted,
        }
    if person.enterprise:
        shown["enterprise_user"] = {
            "id": person.id,
            "enterprise_id": person.enterprise,
            "enterprise_name": person.enterprise,
            "is_admin": False,
            "is_owner": False,
            "teams": list(person.teams),
        }
    if person.is_stranger:
        shown["is_stranger"] = True
    if locale:
        shown["locale"] = person.locale
    return shown


def _group(context: Context, group: Group, *, users: bool) -> Json:
    shown: Json = {
        "id": group.id,
        "team_id": context.workspace.team_id,
        "is_usergroup": True,
        "is_external": False,
        "name": group.name,
        "handle": group.handle,
        "date_delete": 1 if group.disabled else 0,
        "user_count": len(group.users),
    }
    return {**shown, "users": group.users} if users else shown


METHODS = {
    "auth.test": Method(auth_test, 600),
    "apps.connections.open": Method(connections_open, 1, app_level=True),
    "users.info": Method(users_info, 100, "users:read"),
    "users.list": Method(users_list, 20, "users:read"),
    "usergroups.list": Method(groups_list, 20, "usergroups:read"),
    "usergroups.users.list": Method(group_users, 20, "usergroups:read"),
}
