"""Inside a round: what was contributed, what coalitions are worth, what the rule made of it, who moved and why."""

from collections.abc import Callable
from html import escape

import numpy as np
import solara

from ...pictures.actions import colours_of
from ...pictures.game_record import GameView, Move
from ...pictures.round_accounts import Accounts, accounts_of
from ...pictures.words import action_words
from ..glossary import meaning
from ..numbers import shown_number, signed
from .panel import Look

MOST_LISTED = 24
COLUMNS = ("payment", "reward", "Shapley value", "payoff")


@solara.component
def Inside(look: Look) -> None:  # noqa: N802
    """Show a round from contributions to payoffs; a click on a number derives it."""
    view = look.view
    accounts = solara.use_memo(lambda: accounts_of(view), [view])
    (what, whose), ask = solara.use_state(("payoff", 0))
    with solara.v.Html(tag="div", class_="pl-inside"):
        Moved(look)
        if accounts is None:
            Earned(view)
            return
        solara.v.Html(
            tag="p",
            class_="pl-flow",
            children=["contribute → v(C) → division → payments → payoffs → learning. Click a number to see where it comes from."],
        )
        Table(view, accounts, (what, whose), lambda column, row: ask((column, row)))
        told = {"role": "status", "aria-live": "polite"}
        with solara.v.Html(tag="div", class_="pl-derivation", attributes=told | {"title": meaning(what)}):
            for line in derivation(view, accounts, what, min(whose, view.game.n - 1)):
                solara.v.Html(tag="div", children=[line])
        solara.v.Html(tag="div", class_="pl-heading", children=["Coalitions of parties, with all they entered"])
        for said in judged(accounts):
            solara.v.Html(tag="p", class_="pl-flow", children=[said])
        solara.HTML(tag="div", unsafe_innerHTML=coalition_table(view, accounts), classes=["pl-coalitions"])


def judged(accounts: Accounts) -> list[str]:
    """Return who judges what coalitions are worth, where it is not everybody alike, by the truth."""
    said = ["Parties judge by data of their own: v(C) is the mean of what they say."] if accounts.apart else []
    return said + (["v(C) is what the platform sees, whatever stands behind the names."] if accounts.disguised else [])


@solara.component
def Moved(look: Look) -> None:  # noqa: N802
    """Say who changed its action in this round and why, and who will in the next."""
    view, state = look.view, look.state
    with solara.v.Html(tag="div", class_="pl-moved"):
        for line in moves_in_words(view, view.moves, now=True) or [nobody_moved(view)]:
            solara.v.Html(tag="div", children=[line])
        if state is not None and not state.busy and view.last.actions is not None:
            coming = moves_in_words(view, state.coming, now=False)
            if not coming:
                over = not view.running
                coming = ["The game is over." if over else "Next round: nobody will change its action."]
            for line in coming:
                solara.v.Html(tag="div", class_="pl-coming", children=[line])


def nobody_moved(view: GameView) -> str:
    """Return what is said where nobody changed its action."""
    if view.last.number == 0:
        return "Round 0 is the opening: nobody has moved yet."
    return "Nobody changed its action in this round." if view.last.actions is not None else "Players are too many to list moves."


def moves_in_words(view: GameView, moves: tuple[Move, ...], now: bool) -> list[str]:
    """Return who moved from what to what, and what that earned more while the others did as in the round before."""
    words, names = action_words(view.game), view.game.player_names
    when, did = ("", "switched") if now else ("Next round: ", "will switch")
    said = [
        f"{when}{names[each.player]} {did} from “{words[each.before]}” to "
        f"“{words[each.after]}”: {signed(each.gain)} against what the others did in round {view.last.number - now}."
        for each in moves[:MOST_LISTED]
    ]
    return said + ([f"… and {len(moves) - MOST_LISTED} more."] if len(moves) > MOST_LISTED else [])


@solara.component
def Table(view: GameView, accounts: Accounts, asked: tuple[str, int], ask: Callable[[str, int], None]) -> None:  # noqa: N802
    """Show a row a party, from what it shares to what it would rather have done."""
    words, tints = action_words(view.game), colours_of(view)
    numbers = {
        "payment": accounts.payments,
        "reward": accounts.rewards,
        "Shapley value": accounts.values,
        "payoff": view.payoffs,
    }
    with solara.v.Html(tag="table", class_="pl-table"), solara.v.Html(tag="tbody"):
        with solara.v.Html(tag="tr"):
            for title in ("party", "shares", "quality alone", "Shapley value", "payment", "reward", "payoff", "could gain"):
                look = "pl-words" if title == "shares" else ""
                solara.v.Html(tag="th", class_=look, children=[title], attributes={"title": meaning(title), "scope": "col"})
        for row, name in enumerate(view.game.player_names):
            with solara.v.Html(tag="tr").key(name):
                solara.v.Html(tag="th", children=[name], attributes={"scope": "row"})
                action = int(view.actions[row])
                with solara.v.Html(tag="td", class_="pl-words"):
                    solara.v.Html(tag="span", class_="pl-swatch", style_=f"background:{tints[action]}")
                    solara.v.Html(tag="span", children=[words[action]])
                solara.v.Html(
                    tag="td", children=[shown_number(accounts.alone[row])], attributes={"title": meaning("quality alone")}
                )
                for column in ("Shapley value", "payment", "reward", "payoff"):
                    Cell(column, row, shown_number(numbers[column][row]), asked == (column, row), ask)
                gain = float(view.deviations[row].max() - view.payoffs[row])
                solara.v.Html(tag="td", children=[shown_number(gain)], attributes={"title": meaning("could gain")})


@solara.component
def Cell(column: str, row: int, text: str, pressed: bool, ask: Callable[[str, int], None]) -> None:  # noqa: N802
    """Show a number that derives itself when it is clicked."""
    with solara.v.Html(tag="td"):
        button = solara.v.Html(
            tag="button",
            children=[text],
            class_="pl-ask pl-asked" if pressed else "pl-ask",
            attributes={
                "aria-pressed": str(pressed).lower(),
                "aria-label": f"{column} {text}, row {row + 1}: derive",
                "title": f"{meaning(column)} Click to derive it.",
            },
        )
        solara.v.use_event(button, "click", lambda *_: ask(column, row))


def derivation(view: GameView, accounts: Accounts, what: str, row: int) -> list[str]:
    """Return where a number of a party comes from, in words and figures."""
    name = view.game.player_names[row]
    match what:
        case "Shapley value":
            return _value(name, accounts, row)
        case "payment":
            return _payment(view, name, accounts, row)
        case "reward":
            return _reward(name, accounts, row)
    return _payoff(view, name, accounts, row)


def _value(name: str, accounts: Accounts, row: int) -> list[str]:
    kinds = accounts.steps[row]
    if not kinds:
        return [f"{name} stays out: its value is 0."]
    lines = []
    for place, (count, steps) in enumerate(kinds):
        which = f"One identity of {name}" if len(kinds) == 1 else f"Identity {place + 1} of {name}"
        lines.append(f"{which} joins coalitions of every size; each size weighs 1/{len(steps)}:")
        lines += [
            f"joining {each.size} other{'' if each.size == 1 else 's'}: adds {signed(each.marginal)} on average, "
            f"× 1/{len(steps)} = {signed(each.marginal * each.weight)}"
            for each in steps
        ]
        one = sum(each.marginal * each.weight for each in steps)
        lines.append(f"together {shown_number(one)} an identity" + (f", × {count} identities" if count > 1 else ""))
    return [*lines, f"= {shown_number(accounts.values[row])}, the Shapley value of {name}."]


def _payment(view: GameView, name: str, accounts: Accounts, row: int) -> list[str]:
    rule = view.game.mechanism
    paid = float(accounts.payments[row])
    said = f"{name} {'pays' if paid > 0 else 'receives'} {shown_number(abs(paid))} under {rule.short() if rule else 'no rule'}."
    if abs(paid) < 1e-12:
        said = f"{name} neither pays nor receives money under {rule.short() if rule else 'no rule'}."
    lines = [said, type(rule).summary() if rule else ""]
    if accounts.rule is not None:
        value, factor = accounts.rule
        lines.append(f"In this round everybody receives {shown_number(factor)} × its {value}, as all payments show.")
        if value == "Shapley value":
            lines.append(f"{name}: {shown_number(factor)} × {shown_number(accounts.values[row])} = {shown_number(-paid)}.")
            lines += _value(name, accounts, row)
    elif np.abs(accounts.payments).max() > 1e-12:
        lines.append("The payments are no multiple of Shapley or Banzhaf values, last marginals or equal shares.")
    return lines


def _reward(name: str, accounts: Accounts, row: int) -> list[str]:
    whole, given = accounts.coalitions[-1][1], float(accounts.rewards[row])
    lines = [f"{name} receives a model of quality {shown_number(given)}; the joint model v(N) has {shown_number(whole)}."]
    better = "the model received" if given >= accounts.alone[row] else "the one of its own data"
    own = shown_number(accounts.alone[row])
    return [*lines, f"Its own data gives {own}: it holds the better, {better}, {shown_number(accounts.held[row])}."]


def _payoff(view: GameView, name: str, accounts: Accounts, row: int) -> list[str]:
    paid = float(accounts.payments[row])
    parts = [f"worth of the model it holds ({shown_number(accounts.held[row])}): {shown_number(accounts.worth[row])}"]
    if accounts.worth_alone.any():
        parts.append(f"− worth of training alone: {shown_number(accounts.worth_alone[row])}")
    parts.append(f"− payment: {shown_number(paid)}" if paid >= 0 else f"+ money received: {shown_number(-paid)}")
    if accounts.costs.any():
        parts.append(f"− cost of its action: {shown_number(accounts.costs[row])}")
    best = int(view.deviations[row].argmax())
    gain = float(view.deviations[row, best] - view.payoffs[row])
    learned = f"Its best action against the others would have been “{action_words(view.game)[best]}”: {signed(gain)}."
    if gain <= 1e-12:
        learned = "No other action would have earned it more."
    return [f"Payoff of {name}:", *parts, f"= {shown_number(view.payoffs[row])}", learned]


def coalition_table(view: GameView, accounts: Accounts) -> str:
    """Return every coalition with its worth, and what each party adds to it, or would, as HTML."""
    names = [escape(name) for name in view.game.player_names]
    adds, quality = _titled("marginal"), _titled("v(C)")
    head = "".join(f'<th scope="col"{adds}>adds {name}</th>' for name in names)
    rows = []
    for members, worth in accounts.coalitions:
        inside = ", ".join(names[member] for member in members) or "nobody"
        cells = "".join(
            f'<td class="{"pl-in" if party in members else "pl-out"}"{adds}>{signed(accounts.marginal(party, members))}</td>'
            for party in range(len(names))
        )
        rows.append(f'<tr><th scope="row">{inside}</th><td{quality}>{shown_number(worth)}</td>{cells}</tr>')
    return (
        f'<table class="pl-table"><thead><tr><th scope="col"{_titled("coalition")}>coalition C</th>'
        f'<th scope="col"{quality}>v(C)</th>{head}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table><p>Bold: what a member adds to the others in C; grey: what a party "
        "outside would add.</p>"
    )


def _titled(word: str) -> str:
    return f' title="{escape(meaning(word))}"'


def by_action(view: GameView) -> str:
    """Return how many players did what, what that earned them, and what they could have gained, as HTML: a row an action."""
    words, gain = action_words(view.game), view.deviations.max(axis=1) - view.payoffs
    tints, rows = colours_of(view), []
    for action in np.flatnonzero(np.bincount(view.actions, minlength=view.game.m)):
        mine = view.actions == action
        numbers = (float(view.payoffs[mine].mean()), float(view.payoffs[mine].min()), float(view.payoffs[mine].max()))
        cells = "".join(f"<td{_titled('payoff')}>{shown_number(number)}</td>" for number in numbers)
        gains = (float(gain[mine].mean()), float(gain[mine].max()))
        more = "".join(f"<td{_titled('could gain')}>{shown_number(number)}</td>" for number in gains)
        many = f"<td{_titled('players')}>{mine.sum()}</td>"
        swatch = f'<span class="pl-swatch" style="background:{tints[int(action)]}"></span>'
        rows.append(f'<tr><th scope="row">{swatch}{escape(words[int(action)])}</th>{many}{cells}{more}</tr>')
    heads = ("action", "players", "mean payoff", "least", "most", "could gain: mean", "most")
    head = "".join(f'<th scope="col">{each}</th>' for each in heads)
    return f'<table class="pl-table pl-by-action"><thead><tr>{head}</tr></thead><tbody>{"".join(rows)}</tbody></table>'


@solara.component
def Earned(view: GameView) -> None:  # noqa: N802
    """Show what players did and earned where coalitions are not listed."""
    words = action_words(view.game)
    if view.game.n > MOST_LISTED:
        solara.HTML(tag="div", unsafe_innerHTML=by_action(view))
        return
    said = "Coalitions are listed of markets of at most six parties, where they are not too many; here only what it came to."
    if view.game.mechanism is None:
        said = "No money moves in this game, and no data is pooled: payoffs are the game's own."
    solara.v.Html(tag="p", class_="pl-flow", children=[said])
    payment, payoff, more = _titled("payment"), _titled("payoff"), _titled("could gain")
    rows = []
    for row, name in enumerate(view.game.player_names):
        best = int(view.deviations[row].argmax())
        gain = float(view.deviations[row, best] - view.payoffs[row])
        paid = f"<td{payment}>{shown_number(float(view.payments[row]))}</td>" if view.has_money else ""
        rather = escape(words[best]) if gain > 1e-12 else "its own"
        did = escape(words[int(view.actions[row])])
        rows.append(
            f'<tr><th scope="row">{escape(name)}</th><td class="pl-words">{did}</td>{paid}'
            f"<td{payoff}>{shown_number(view.payoffs[row])}</td>"
            f'<td class="pl-words">{rather}</td>'
            f"<td{more}>{shown_number(gain)}</td></tr>"
        )
    money = f'<th scope="col"{payment}>payment</th>' if view.has_money else ""
    solara.HTML(
        tag="div",
        unsafe_innerHTML=f'<table class="pl-table"><thead><tr><th{_titled("player")}>player</th>'
        f'<th class="pl-words"{_titled("action")}>action</th>{money}<th{payoff}>payoff</th><th class="pl-words">best action</th>'
        f"<th{more}>could gain</th></tr></thead><tbody>{''.join(rows)}</tbody></table>",
    )
